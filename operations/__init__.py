"""For operators of the site: metrics, chores, the doctor, statistics, recovery."""
