"""Every number of a run, by profile: smoke (CI), laptop (the book), paper (GPU)."""

from dataclasses import dataclass, replace

from evophys_lib import parameters
from evophys_lib.comparators.neural_operator import NeuralOperatorConfig
from evophys_lib.errors import ParameterError
from evophys_lib.evaluate.horizons import FRAMES, Horizon
from evophys_lib.physics.families import SOURCES, TARGET
from evophys_lib.worldmodel.encoder import EncoderConfig
from evophys_lib.worldmodel.finetune import FinetuneConfig
from evophys_lib.worldmodel.jepa import JEPAConfig
from evophys_lib.worldmodel.predictor import Cell, PredictorConfig
from evophys_lib.worldmodel.training import TrainingConfig
from evophys_lib.worldmodel.windows import SamplingConfig


@dataclass(frozen=True)
class Sizes:
    """Trajectories: of each source family, and of the target at each Péclet number.

    search is k, what the evolutionary search sees of the target.
    """

    train: int
    validation: int
    test: int
    search: int
    target_test: int


@dataclass(frozen=True)
class SearchSize:
    """Generations and candidates per generation; the seed is the run's."""

    generations: int
    popsize: int

    @property
    def evaluations(self) -> int:
        """G · P."""
        return self.generations * self.popsize


@dataclass(frozen=True)
class FewShot:
    """How to fine-tune on the k trajectories of the search.

    Batches of k windows; as many steps as pay for the search in parameter space. The
    learning rate is fixed, half of the experts': no second split could choose it or
    stop early. warmup: steps until it is reached.
    """

    learning_rate: float = 5e-4
    warmup: int = 20


@dataclass(frozen=True)
class DirectionsSize:
    """How merges by directions are searched.

    rank r; evaluations: of a residual, the small and the large budget of one merge,
    and the share of each headline Péclet number where all are searched together;
    secants: steps that one Jacobian serves; samples: looks at the target at least, by
    shifts of a share of a token where trajectories are fewer; ridge: pull towards the
    start, over k, since f is a mean over k trajectories.
    """

    rank: int = 8
    few: int = 480
    many: int = 1500
    together: int = 1000
    secants: int = 13
    samples: int = 8
    ridge: float = 1e-3


@dataclass(frozen=True)
class Profile:
    """One size of the whole study.

    sampling: which windows models are trained on; neural_operator: the comparator,
    with as many numbers as encoder and predictor and about the training time of an
    expert with half of the pretraining; dmd_ranks: to choose from;
    search_counts: other values of k to try, up to those of the source's validation;
    horizon_steps H: predictor steps of the fitness and of every rollout;
    horizon_frames: at which forecasts are scored; equation_trajectories: of a test
    split, to whose forecasts an equation is fitted; peclets: headline Péclet numbers;
    processes: that work side by side on the CPU, one thread each; families: equations
    that models are trained on, two or more, an expert each; target: the equation that
    merges are tested on.
    """

    name: str
    sizes: Sizes
    encoder: EncoderConfig
    predictor: PredictorConfig
    jepa: JEPAConfig
    probe: TrainingConfig
    finetune: FinetuneConfig
    ps: SearchSize
    dfs: SearchSize
    neural_operator: NeuralOperatorConfig
    dmd_ranks: tuple[int, ...] = (16, 32, 64, 128, 256)
    few_shot: FewShot = FewShot()
    directions: DirectionsSize = DirectionsSize()
    sampling: SamplingConfig = SamplingConfig()
    search_counts: tuple[int, ...] = (1, 2, 4, 64)
    horizon_steps: int = 10
    horizon_frames: tuple[int, ...] = FRAMES
    equation_trajectories: int = 32
    peclets: tuple[float, ...] = (0.1, 1.0, 10.0, 100.0)
    processes: int = 2
    families: tuple[str, ...] = SOURCES
    target: str = TARGET

    def __post_init__(self) -> None:
        ends = [self.stride * h for h in range(1, self.horizon_steps + 1)]
        if not self.horizon_frames or not set(self.horizon_frames) <= set(ends):
            raise ParameterError(
                "horizon_frames",
                self.horizon_frames,
                f"some of {', '.join(map(str, ends))}, where predictor steps end",
                "Change them with the stride and the number of steps.",
            )
        if len(set(self.families)) < 2 or self.target in self.families:
            raise ParameterError(
                "families",
                self.families,
                f"two different equations or more, none of them {self.target}",
                "Name what models are trained on.",
            )

    @property
    def stride(self) -> int:
        """k: frames that one predictor step covers."""
        return self.predictor.stride

    @property
    def horizons(self) -> tuple[Horizon, ...]:
        """Where forecasts are scored, the nearest first."""
        frames = sorted(self.horizon_frames)
        return tuple(Horizon(f, f // self.stride - 1) for f in frames)


LAPTOP = Profile(
    name="laptop",
    sizes=Sizes(train=1024, validation=64, test=128, search=16, target_test=128),
    encoder=EncoderConfig(),
    predictor=PredictorConfig(),
    jepa=JEPAConfig(TrainingConfig(steps=1000, learning_rate=2e-3)),
    probe=TrainingConfig(steps=300, learning_rate=5e-4),
    finetune=FinetuneConfig(TrainingConfig(steps=400)),
    ps=SearchSize(generations=40, popsize=12),
    dfs=SearchSize(generations=24, popsize=16),
    neural_operator=NeuralOperatorConfig(
        TrainingConfig(steps=1600, batch=32, learning_rate=1.6e-2)
    ),
)

SMOKE = replace(
    LAPTOP,
    name="smoke",
    sizes=Sizes(train=64, validation=16, test=16, search=8, target_test=16),
    encoder=EncoderConfig(width=32, blocks=1),
    predictor=PredictorConfig(width=32, blocks=2),
    jepa=JEPAConfig(TrainingConfig(steps=60, batch=32, learning_rate=2e-3)),
    probe=TrainingConfig(steps=20, batch=32, learning_rate=5e-4),
    finetune=FinetuneConfig(TrainingConfig(steps=40, batch=32)),
    ps=SearchSize(generations=5, popsize=8),
    dfs=SearchSize(generations=5, popsize=8),
    directions=DirectionsSize(rank=1, few=120, many=240, together=120),
    neural_operator=NeuralOperatorConfig(
        TrainingConfig(steps=24, batch=32, learning_rate=1.6e-2),
        width=20,
        modes=32,
        layers=3,
    ),
    search_counts=(1, 16),
    processes=1,
)

PAPER = replace(
    LAPTOP,
    name="paper",
    sizes=Sizes(train=8192, validation=256, test=512, search=64, target_test=512),
    encoder=EncoderConfig(width=128, blocks=3),
    predictor=PredictorConfig(width=192, blocks=6),
    jepa=JEPAConfig(TrainingConfig(steps=30_000, batch=256)),
    probe=TrainingConfig(3000, batch=256, learning_rate=5e-4),
    finetune=FinetuneConfig(TrainingConfig(steps=15_000, batch=256)),
    ps=SearchSize(generations=150, popsize=32),
    dfs=SearchSize(generations=150, popsize=32),
    neural_operator=NeuralOperatorConfig(
        TrainingConfig(steps=20_000, batch=128, learning_rate=4e-3), width=96, modes=84
    ),
    search_counts=(1, 4, 16, 256),
    peclets=(0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0),
)


def with_gru(base: Profile) -> Profile:
    """The same profile with the gated recurrent predictor, named `<name>-gru`."""
    predictor = replace(base.predictor, cell=Cell.GRU)
    return replace(base, name=f"{base.name}-gru", predictor=predictor)


TRANSFORMER = (SMOKE, LAPTOP, PAPER)
PROFILES = {p.name: p for p in (*TRANSFORMER, *map(with_gru, TRANSFORMER))}


def add(profile: Profile) -> None:
    """Make a profile of your own known by its name."""
    PROFILES[profile.name] = profile
    if profile.name not in parameters.PROFILES:
        parameters.PROFILES.append(profile.name)


def profile(name: object) -> Profile:
    """The profile of that name, or ParameterError."""
    return PROFILES[parameters.profile_name(name)]
