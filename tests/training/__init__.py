"""What study files train with."""
