"""Sound to notes, several at once, as a MIDI file."""
