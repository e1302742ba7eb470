"""HARP's words as plain data: cards, tags, controls, labels, and their wire format. Standard library only."""
