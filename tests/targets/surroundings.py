"""Prints all that a program can see of how it was started, as JSON."""

import json
import os
import resource
import signal
import sys

print(
    json.dumps(
        {
            "argv": sys.argv,
            "environment": {name: value for name, value in os.environ.items() if name not in {"_", "OLDPWD"}},
            "path": sys.path,
            "importers": sorted(sys.path_importer_cache),
            "folder": os.getcwd(),
            "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd")),
            "modules": sorted(sys.modules),
            "flags": str(sys.flags),
            "name": __name__,
            "file": __file__,
            "handlers": [str(signal.getsignal(number)) for number in (1, 2, 13, 15, 17)],
            "blocked": sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, ()))),
            "open_files": resource.getrlimit(resource.RLIMIT_NOFILE),
            "same_group_as_parent": os.getpgid(0) == os.getpgid(os.getppid()),
        },
        indent=1,
        sort_keys=True,
    )
)
