"""MusicGen: music from words, or as a sound goes on, with the networks of the library ``transformers``.

J. Copet, F. Kreuk, I. Gat, T. Remez, D. Kant, G. Synnaeve, Y. Adi, A. Défossez: Simple and Controllable Music
Generation, NeurIPS 2023. A codec writes sound as numbers (tokens), several in each step of time; a network that is told
the words draws the next ones from those before.
"""
