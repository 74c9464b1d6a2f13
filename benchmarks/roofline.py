"""How fast the arithmetic runs, against the fastest matrix product of the machine.

    python benchmarks/roofline.py [--profile laptop] [--device cpu] [--threads 1]
        [--profile-ops] [--out roofline.json]

Counted are the operations of matrix products, as torch counts them; all else (norms,
activations, copies, the optimiser) counts as time without arithmetic. The machine's
rate is that of its best square float32 product on the same threads; beside it stands
what the work's own products take when nothing else is done (`products`).
`--profile-ops` adds where the time goes by kind of operator, from a profiled run that
is a little slower than the timed one.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import (
    FlopCounterMode,
    sdpa_backward_flop_count,
    sdpa_flop_count,
)

import products
from evophys_lib.merge.parameter_space import TASK_ARITHMETIC
from evophys_lib.profiles import PROFILES, Profile
from evophys_lib.worldmodel.device import set_threads
from evophys_lib.worldmodel.encoder import Encoder
from evophys_lib.worldmodel.finetune import finetune
from evophys_lib.worldmodel.predictor import Predictor
from evophys_lib.worldmodel.pretraining import OBJECTIVES
from evophys_lib.worldmodel.rollout import rollout
from evophys_lib.worldmodel.training import minimise
from evophys_lib.worldmodel.windows import WindowSampler
from measuring import best_seconds, finish, machine, options, seconds
from stand_ins import (
    Size,
    candidates,
    in_parameter_space,
    lineage_and_fitness,
    over_paths,
)

PRODUCTS = (256, 512, 1024, 2048)  # rows and columns of the square products
STREAM = 2**24  # float32 numbers per array, far more than a cache holds
TRAINING_STEPS = 4  # per call; as many as a fine-tuning has lengths of unroll
TRAJECTORIES, FRAMES = 64, 100
OTHERS, BETWEEN = "views and others", "between operators"

KINDS = {
    "products": ("mm", "addmm", "bmm", "baddbmm"),
    "fused attention": (
        "_scaled_dot_product_flash_attention_for_cpu",
        "_scaled_dot_product_flash_attention_for_cpu_backward",
        "_scaled_dot_product_efficient_attention",
        "_scaled_dot_product_efficient_attention_backward",
    ),
    "norms and activations": (
        "native_layer_norm", "native_layer_norm_backward", "gelu", "gelu_backward",
        "_softmax", "_softmax_backward_data", "sigmoid", "tanh",
    ),
    "sums and products by element": (
        "add", "add_", "sub", "mul", "mul_", "div", "div_", "sum", "mean", "pow",
        "addcmul", "square", "_foreach_lerp_", "_foreach_norm", "_foreach_mul_",
    ),
    "copies": (
        "copy_", "cat", "stack", "clone", "contiguous", "index", "index_copy_",
        "index_select", "index_put_", "_index_put_impl_", "roll", "fill_", "zero_",
        "empty", "empty_like", "empty_strided", "_to_copy", "to", "select_backward",
    ),
    "optimiser": ("_fused_adam_",),
}  # fmt: skip
"""Kinds of operators by torch's names for them. "views and others" is what is not
listed, which is mostly the calls that make one tensor a view of another."""


@dataclass(frozen=True)
class Workload:
    """A piece of work, and how many times a call does it."""

    run: Callable[[], object]
    times: int = 1


def workloads(size: Profile, device: str) -> dict[str, Workload]:
    """What a study spends its time on, by label."""
    generator = torch.Generator().manual_seed(0)
    encoder = Encoder(size.encoder).to(device)
    predictor = Predictor(size.predictor).to(device)
    shape = (TRAJECTORIES, FRAMES, size.encoder.grid)
    fields = [torch.randn(shape, generator=generator).to(device) for _ in range(2)]
    stride = size.predictor.stride
    sampler = WindowSampler(fields, size.encoder.context, stride)
    trained = replace(size.jepa.training, steps=TRAINING_STEPS)
    unrolls = size.finetune.unrolls
    tuned = replace(
        size.finetune, training=replace(size.finetune.training, steps=len(unrolls))
    )
    objective = OBJECTIVES[size.jepa.objective](
        copy.deepcopy(encoder), copy.deepcopy(predictor), size.jepa, generator
    )

    def pretrain() -> None:
        minimise(
            [p for p in objective.parameters() if p.requires_grad],
            trained,
            lambda _: objective(
                sampler.draw(trained.batch, size.jepa.unroll, generator)
            ),
            label="pretraining",
            after_step=objective.after_step,
        )

    def tune() -> None:
        finetune(predictor, encoder, sampler, tuned, generator, label="fine-tuning")

    lineage, fitness = lineage_and_fitness(Size.of(size), device)
    ps = in_parameter_space(lineage, fitness, TASK_ARITHMETIC)
    dfs = over_paths(lineage, fitness)
    lams, paths = candidates(ps, size.ps.popsize), candidates(dfs, size.dfs.popsize)

    @torch.no_grad()
    def one_rollout() -> None:
        rollout(lineage.predictor, lineage.base, fitness.z0, fitness.steps)

    return {
        "pretraining, a step": Workload(pretrain, TRAINING_STEPS),
        "fine-tuning, a step": Workload(tune, len(unrolls)),
        "rollout of one model": Workload(one_rollout),
        "PS, a generation": Workload(lambda: ps(lams)),
        "DFS, a generation": Workload(lambda: dfs(paths)),
    }


def attention_flop(query, key, value, *_, **__) -> int:
    """Of both products in fused attention, which torch counts on a GPU only."""
    return sdpa_flop_count(query, key, value)


def attention_backward_flop(grad_out, query, key, value, *_, **__) -> int:
    """Of the products of its backward pass."""
    return sdpa_backward_flop_count(grad_out, query, key, value)


UNCOUNTED = {
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: attention_flop,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward: (
        attention_backward_flop
    ),
}


def operations(run: Callable[[], object]) -> int:
    """Floating-point operations of the matrix products of a call."""
    with FlopCounterMode(display=False, custom_mapping=UNCOUNTED) as counter:
        run()
    return counter.get_total_flops()


def product_rate(device: str) -> dict[str, float]:
    """FLOP/s of float32 products n × n, by n: 2 n³ operations."""
    rates = {}
    for n in PRODUCTS:
        a, b = torch.randn(2, n, n, device=device)
        calls = max(1, 2**31 // n**3)  # long enough to time
        spent = best_seconds(
            {"product": lambda a=a, b=b, calls=calls: [a @ b for _ in range(calls)]},
            device=device,
            repeats=5,
        )["product"]
        rates[str(n)] = 2 * n**3 * calls / spent
    return rates


def stream_rate(device: str) -> float:
    """Bytes a second that c = a + b moves: two arrays read, one written."""
    a, b = torch.randn(2, STREAM, device=device)
    c = torch.empty_like(a)
    rivals = {"add": lambda: torch.add(a, b, out=c)}
    return 3 * 4 * STREAM / best_seconds(rivals, device=device, repeats=5)["add"]


def shares_by_kind(run: Callable[[], object], device: str) -> dict[str, float]:
    """Share of the time of a profiled call that each kind of operator takes.

    Between operators are Python, the bookkeeping of autograd, and waiting.
    """
    run()
    activities = [ProfilerActivity.CPU]
    if device == "cuda":
        activities.append(ProfilerActivity.CUDA)
    with profile(activities=activities) as profiled:
        whole = seconds(run, device)
    spent = dict.fromkeys((*KINDS, OTHERS), 0.0)
    kind_of = {f"aten::{name}": kind for kind, names in KINDS.items() for name in names}
    for event in profiled.key_averages():
        if event.key.startswith(("aten::", "torch::")):
            own = event.self_cpu_time_total
            if device == "cuda":
                own = event.self_device_time_total
            spent[kind_of.get(event.key, OTHERS)] += own / 1e6
    shares = {kind: s / whole for kind, s in spent.items()}
    return shares | {BETWEEN: max(0.0, 1 - sum(shares.values()))}


def measure(size: Profile, device: str, threads: int, by_kind: bool) -> dict:
    """All figures of the tables."""
    set_threads(threads)
    rates = product_rate(device)
    peak = max(rates.values())
    rows = {}
    for label, work in workloads(size, device).items():
        flop = operations(work.run) / work.times
        spent = best_seconds({label: work.run}, device=device)[label] / work.times
        rows[label] = {
            "flop": flop,
            "seconds": spent,
            "flop_per_s": flop / spent,
            "fraction": flop / spent / peak,
            "products_seconds": products.alone(work.run, device) / work.times,
        }
        if by_kind:
            rows[label]["shares"] = shares_by_kind(work.run, device)
    return {
        "machine": machine(device),
        "device": device,
        "threads": threads,
        "profile": size.name,
        "product_flop_per_s": rates,
        "stream_bytes_per_s": stream_rate(device),
        "workloads": rows,
    }


def table(result: dict) -> str:
    """The figures as text."""
    rates = result["product_flop_per_s"]
    lines = [
        f"{result['machine']}, {result['device']}, {result['threads']} threads, "
        f"profile {result['profile']}",
        "products of float32 matrices: "
        + ", ".join(f"{n}: {rate / 1e9:.0f}" for n, rate in rates.items())
        + " GFLOP/s",
        f"sums in memory: {result['stream_bytes_per_s'] / 1e9:.1f} GB/s",
        "",
        f"{'':24}{'GFLOP':>10}{'ms':>10}{'GFLOP/s':>10}{'of the peak':>13}"
        f"{'own products, ms':>18}",
    ]
    for label, row in result["workloads"].items():
        lines.append(
            f"{label:24}{row['flop'] / 1e9:>10.3f}{1e3 * row['seconds']:>10.1f}"
            f"{row['flop_per_s'] / 1e9:>10.1f}{100 * row['fraction']:>11.0f} %"
            f"{1e3 * row['products_seconds']:>18.1f}"
        )
    for label, row in result["workloads"].items():
        for kind, share in row.get("shares", {}).items():
            lines.append(f"{label:24}{kind:30}{100 * share:>5.0f} %")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, store."""
    parser = options(__doc__, profile="laptop")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--profile-ops", action="store_true")
    args = parser.parse_args()
    result = measure(
        PROFILES[args.profile], args.device, args.threads, args.profile_ops
    )
    finish(result, table(result), args.out)


if __name__ == "__main__":
    main()
