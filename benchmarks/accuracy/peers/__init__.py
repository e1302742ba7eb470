"""What people use today for the tasks of the bundled models; each is imported only when it is run."""
