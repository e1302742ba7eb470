"""Brings a source out of music that nothing was trained to separate: a tagger is listened to while the sound changes.

The method is TagBox: E. Manilow, P. O'Reilly, P. Seetharaman, B. Pardo: "Source separation by steering pretrained music
models", ICASSP 2022 (arXiv 2110.13071). What describes a sound is changed step by step, along the gradient of a
tagger's loss, until the tagger hears what was asked for; the sound so found is no more than a mask for the original.
"""
