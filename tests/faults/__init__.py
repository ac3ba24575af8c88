"""What goes wrong around a server while people use it, done to real ones: see `drills.py`."""
