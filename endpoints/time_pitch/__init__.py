"""Sound made longer or shorter without a change of pitch, and higher or lower without a change of length."""
