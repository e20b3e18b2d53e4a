"""Orders: what a person, or a flag's fix, tells the running search to do. One family of them a file."""
