"""The checks of the doctor, one small function for each."""
