"""Named errors. Each message says in one line what is wrong, where, and what to do."""


class FemnnError(Exception):
    """A failure that the user can act on; the command line shows its message alone, without a traceback."""

    exit_status = 2


class StackError(FemnnError, ImportError):
    """DOLFINx or PETSc is missing, or of a version or scalar type that femnn cannot use."""


class ConfigError(FemnnError):
    """A setting, a file or a folder that the user named cannot be used."""


class NetworkError(FemnnError):
    """The network, or a load on it, is ill-formed; the message names the node or the bond."""


class MechanismError(NetworkError):
    """Nodes of the network can move without stretching any bond.

    Attributes:
        nodes: labels of the nodes that move.
    """

    def __init__(self, message: str, nodes: tuple[int, ...] = ()) -> None:
        """Keep the labels of the floppy nodes with the message."""
        super().__init__(message)
        self.nodes = nodes


class MeshError(FemnnError):
    """A mesh does not represent the network that it was made from."""


class ConvergenceError(FemnnError):
    """The equilibrium could not be reached.

    Attributes:
        reason: PETSc's reason by name, or what stopped the loading.
        load_factor: share of the change of load that was reached, 0 to 1; of the load itself when it starts from rest.
        residual: norm of the out-of-balance force at the last attempt (N).
    """

    exit_status = 3

    def __init__(
        self, message: str, *, reason: str = "", load_factor: float = 0.0, residual: float = float("nan")
    ) -> None:
        """Keep the solver's figures with the message."""
        super().__init__(message)
        self.reason = reason
        self.load_factor = load_factor
        self.residual = residual


class InstabilityError(FemnnError):
    """The equilibrium is past a limit or bifurcation point: its tangent has negative eigenvalues."""

    exit_status = 3


class WritingError(FemnnError):
    """Files that a run was asked for could not be written; its tables and its report are."""

    exit_status = 3


class InterruptionError(FemnnError):
    """The run was asked to stop, and has kept what it needs to go on."""

    exit_status = 143


class FemnnWarning(UserWarning):
    """Something that a user should look at, while the work goes on; commands show it as a line ``warning: …``."""


class ImplausibleWarning(FemnnWarning):
    """A size is hardly meant, as where a unit was left out."""
