"""MIDI files read, changed and written: every event survives that nobody changes. Standard library only."""
