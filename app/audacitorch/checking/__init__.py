"""An author's check of a model: everything that would go wrong for a user, found before anyone uses it.

Each group of findings stands in a file of its own, with the kinds of finding that it can make: ``files`` and ``schema``
look at a model's files without opening it (standard library only), ``ending`` is about a worker that did not come back,
and the others try the model, in the worker.
"""
