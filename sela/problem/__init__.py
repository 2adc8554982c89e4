"""What is to be learned: the table, the task, the metric, the profile, the audit of the data."""
