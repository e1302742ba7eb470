"""Notes changed: moved in pitch and time, and in how hard they are struck."""
