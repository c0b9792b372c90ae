"""Loops that could be one expression, and work that pickle cannot send."""

from pathlib import Path

import pytest
from project_builder import scan_code

from conc_advisor.scanning.inventory import TraitKind

ELEMENT_LOOPS = [
    "import pandas as pd\nfor i, row in df.iterrows(): pass",
    "import pandas\nfor row in frames['a'].itertuples(index=False): pass",
    "from pandas import DataFrame\ndf.apply(f, axis=1)",
    "import pandas as pd\ndf.apply(f, axis='columns')",
    "import numpy as np\nf = np.vectorize(g)",
    "import numpy as np\nfor i in range(3):\n    for j in range(3):\n        a[i, j] = 2 * b[i, j]",
    "import numpy as np\nfor i in range(3):\n    x = 1\n    for j in range(1, 3):\n        if x:\n            s += a[i + 1, j - 1]",
]
NO_ELEMENT_LOOPS = [
    "for i, row in df.iterrows(): pass",
    "import pandas as pd\nfor i in df.columns: pass",
    "import pandas as pd\ndf.apply(f)",
    "import pandas as pd\ndf.apply(f, axis=0)",
    "import pandas as pd\napply(f, axis=1)",
    "import pandas as pd\nrows = df.iterrows",
    "for i in range(3):\n    for j in range(3):\n        a[i, j] = 1",
    "import numpy as np\nfor i in range(3):\n    for j in range(3):\n        a[i][j] = 1",
    "import numpy as np\nfor i in range(3):\n    a[i, 0] = 1",
    "import numpy as np\nfor i in range(3):\n    for j in b:\n        a[i, j] = 1",
    "import numpy as np\nfor i in range(3):\n    for j in range(3):\n        a[i, 0] = b[j]",
    "import mine as np\nnp.vectorize(g)",
]
UNPICKLABLE = [
    "from concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor() as pool: pool.map(lambda x: x, [])",
    "import concurrent.futures as cf\npool = cf.ProcessPoolExecutor()\npool.submit(lambda: 1)",
    "from multiprocessing import Pool\ndef main():\n    def work(x): return x\n    with Pool() as p: p.map(work, [])",
    "import multiprocessing as mp\nclass A:\n    def run(self):\n        self.pool = mp.Pool()\n        self.pool.apply_async(lambda: 1)",
]
PICKLABLE = [
    "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as pool: pool.map(lambda x: x, [])",
    "from concurrent.futures import ProcessPoolExecutor\ndef work(x): return x\nwith ProcessPoolExecutor() as pool: pool.map(work, [])",
    "from concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor() as pool: pool.map(print, sorted([], key=lambda x: x))",
    "from concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor() as pool: frame.map(lambda x: x)",
    "from concurrent.futures import ProcessPoolExecutor\nfrom work import work\nwith ProcessPoolExecutor() as pool: pool.submit(work)",
    "from concurrent.futures import *\nfor make in (ThreadPoolExecutor, ProcessPoolExecutor):\n    p = make()\n    p.map(lambda x: x, [])",
    "import concurrent.futures as cf\np = cf.ProcessPoolExecutor()\np = cf.ThreadPoolExecutor()\np.map(lambda x: x, [])",
    "from mine import Pool\nwith Pool() as p: p.map(lambda x: x, [])",
]


@pytest.mark.parametrize("code", ELEMENT_LOOPS)
def test_a_loop_over_elements_is_seen(tmp_path: Path, code: str) -> None:
    """By the row, by the pair of numbers, or by numpy.vectorize, which is a loop too."""
    assert scan_code(tmp_path, code).trait(TraitKind.ELEMENT_LOOP) is not None


@pytest.mark.parametrize("code", NO_ELEMENT_LOOPS)
def test_other_loops_are_left_alone(tmp_path: Path, code: str) -> None:
    """Lists of lists, single rows, and objects of one's own that have such methods."""
    assert scan_code(tmp_path, code).trait(TraitKind.ELEMENT_LOOP) is None


@pytest.mark.parametrize("code", UNPICKLABLE)
def test_a_lambda_or_a_local_function_for_a_process_pool_is_seen(tmp_path: Path, code: str) -> None:
    """Pickle finds functions by their module and name."""
    assert scan_code(tmp_path, code).trait(TraitKind.UNPICKLABLE) is not None


@pytest.mark.parametrize("code", PICKLABLE)
def test_what_can_be_sent_or_need_not_be_is_left_alone(tmp_path: Path, code: str) -> None:
    """Threads take anything, and a function of a module travels by name."""
    assert scan_code(tmp_path, code).trait(TraitKind.UNPICKLABLE) is None
