"""The questions of the course as a list: found, measured, and with their health."""
