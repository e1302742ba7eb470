"""Running a model: made ready, cut into chunks, called, checked, and put together again."""
