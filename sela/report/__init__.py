"""What a person looks at: the summary, the report page, plots, the tree picture."""
