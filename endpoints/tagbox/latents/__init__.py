"""What a sound is described by while it is steered: few numbers, from which it can be made again."""
