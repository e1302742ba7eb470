"""An encoder that hears a sound and turns the knobs of effects; learnt from sounds before and after.

After M. A. Martínez Ramírez, O. Wang, P. Smaragdis, N. J. Bryan: "Differentiable signal processing with black-box audio
effects", ICASSP 2021, by its description alone. What differs is said where it does.
"""
