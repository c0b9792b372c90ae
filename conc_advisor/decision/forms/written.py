"""The forms of each model."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.forms.event_loops import event_loop_forms
from conc_advisor.decision.forms.others import array_forms, distributed_forms, interpreter_forms, sequential_forms
from conc_advisor.decision.forms.processes import process_forms
from conc_advisor.decision.forms.threads import free_threaded_forms, thread_forms
from conc_advisor.decision.recommendation import Form
from conc_advisor.workload import ExistingLoop, Workload


def forms(model: Model, workload: Workload) -> tuple[Form, ...]:
    """Return how the model is written on this Python and system, the main piece first."""
    if workload.existing_loop is ExistingLoop.GUI:
        from conc_advisor.decision.forms.gui import gui_forms  # noqa: PLC0415  # most have none, and wait for every module

        return (*gui_forms(model, workload), *_FORMS[model](workload))
    return _FORMS[model](workload)


def _loop_and_processes(workload: Workload) -> tuple[Form, ...]:
    model = Model.ASYNCIO_PROCESSES
    return (*process_forms(model, workload), *event_loop_forms(model, workload))


_FORMS: Final[Mapping[Model, Callable[[Workload], tuple[Form, ...]]]] = {
    Model.SEQUENTIAL: sequential_forms,
    Model.ASYNCIO: partial(event_loop_forms, Model.ASYNCIO),
    Model.THREADS: thread_forms,
    Model.PROCESSES: partial(process_forms, Model.PROCESSES),
    Model.ASYNCIO_THREADS: partial(event_loop_forms, Model.ASYNCIO_THREADS),
    Model.ASYNCIO_PROCESSES: _loop_and_processes,
    Model.VECTORISE: array_forms,
    Model.FREE_THREADED: free_threaded_forms,
    Model.INTERPRETERS: interpreter_forms,
    Model.DISTRIBUTED: distributed_forms,
}
