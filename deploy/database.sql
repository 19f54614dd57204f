-- Runs once, when the database is created. The site's own role is no superuser.
\getenv password SITE_PASSWORD
CREATE ROLE neonejip LOGIN PASSWORD :'password';
CREATE DATABASE neonejip OWNER neonejip;
-- From now on the superuser can connect only within this container, where no password is needed.
ALTER ROLE postgres PASSWORD NULL;
