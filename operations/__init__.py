"""What whoever runs the site looks at: metrics, chores, the doctor, statistics, recovery."""
