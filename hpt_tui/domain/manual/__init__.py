"""The guided loop by hand (G10): from one learning rate, train, read the curve, and say which one to try next."""
