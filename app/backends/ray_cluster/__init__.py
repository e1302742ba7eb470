"""Jobs on the nodes of a Ray cluster: the only place that imports Ray, and only where ``--backend ray`` asks for it.

Each node has one supervisor, an actor that holds the same pool of sandboxed worker processes as the local backend; no
model ever runs in a process of Ray's. These are Ray's actors, not deployments of Ray Serve: Serve decides by itself
where a replica stands and which one gets a call, retries without telling, and lets what was cancelled go on computing.
Here the server says all of that: which node, by node affinity; which job, by what is warm there; when it ends, by
killing the worker's process.

::

    backend.py    a job's way: chosen, sent, followed, fetched; once more elsewhere where a node was lost
    fleet.py      the supervisors: started, watched, given jobs, drained
    supervisor.py what runs on a node
    cluster.py    what is asked of Ray itself
"""
