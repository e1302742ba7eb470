"""What the encoders that come along were taught, and the sound that they were taught with, all of it made here."""
