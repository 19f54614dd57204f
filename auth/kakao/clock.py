"""How far two clocks may differ."""

# Seconds between this server's clock and Kakao's, or another server's of this site. Everything
# that compares two of them uses it: what one of them has just signed is not yet "in the future".
LEEWAY = 60
