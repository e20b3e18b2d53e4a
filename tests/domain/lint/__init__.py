"""What lint finds, each finding with a space that fires it and a healthy one that doesn't."""
