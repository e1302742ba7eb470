"""Apps that were written for pyharp, HARP's own library, run as endpoints of ours: neither it nor Gradio is loaded.

The server knows :mod:`~app.pyharp_apps.found` and :mod:`~app.pyharp_apps.asking`; everything else runs in the app's own
process. There :mod:`~app.pyharp_apps.stand_ins` answer what the app imports: they take any arguments of any release of
Gradio, start no server, and load within milliseconds.
"""
