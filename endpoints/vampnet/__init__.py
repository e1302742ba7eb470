"""VampNet: music made anew where a mask says so, written here from the paper in plain PyTorch.

H. Flores García, P. Seetharaman, R. Kumar, B. Pardo: VampNet: Music Generation via Masked Acoustic Token Modeling,
ISMIR 2023. A codec writes sound as numbers (tokens), several in each step of time; a mask says which are kept; a
network fills in the others, some in each of a few dozen rounds.
"""
