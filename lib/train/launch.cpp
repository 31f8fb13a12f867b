#include "train/launch.h"

#include <array>
#include <cstdlib>

#include "core/error.h"
#include "core/text.h"

namespace athanor::train {
namespace {

constexpr int64_t kMostRanks = 1 << 20;

/// What one launcher sets.
struct Launcher {
  const char *rank, *ranks;
  const char* local_ranks;  ///< processes on this host
  std::array<const char*, 2> job;
};
constexpr Launcher kTorchrun{
    "RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", {"TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT"}};
constexpr Launcher kOpenMpi{"OMPI_COMM_WORLD_RANK",
                            "OMPI_COMM_WORLD_SIZE",
                            "OMPI_COMM_WORLD_LOCAL_SIZE",
                            {"PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid"}};
constexpr Launcher kMpich{"PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS", {"PMI_ID", "PMI_JOBID"}};
constexpr Launcher kSlurm{"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", nullptr, {"SLURM_JOB_ID", "SLURM_STEP_ID"}};

/// A whole number low ≤ n ≤ high of the environment.
int64_t number(const Environment& environment, const std::string& name, int64_t low, int64_t high) {
  int64_t value = 0;
  in_context(name, [&] { from_text(environment(name).value_or(""), value); });
  if (value < low || value > high) fail(ErrorKind::usage, "{} is {}, not {} to {}", name, value, low, high);
  return value;
}

/// Whether what looks like MPICH is srun --mpi=pmi2, which sets its variables beside Slurm's own. MPICH's mpirun within
/// a job of Slurm starts one process of Slurm a host, and many of its own.
bool started_by_slurm(const Environment& environment) {
  const auto same = [&](const char* ours, const char* theirs) {
    return environment(ours) && environment(ours) == environment(theirs);
  };
  return same(kSlurm.rank, kMpich.rank) && same(kSlurm.ranks, kMpich.ranks);
}

/// The launcher that started this process, none for one process.
const Launcher* launcher_of(const Environment& environment) {
  for (const Launcher* one : {&kTorchrun, &kOpenMpi, &kMpich, &kSlurm}) {
    const bool has_rank = bool(environment(one->rank)), has_ranks = bool(environment(one->ranks));
    if (has_rank && has_ranks) return one == &kMpich && started_by_slurm(environment) ? &kSlurm : one;
    if (has_rank != has_ranks && one != &kSlurm)
      fail(ErrorKind::usage,
           "{} is set in the environment, but {} is not: several processes need both, one needs neither",
           has_rank ? one->rank : one->ranks, has_rank ? one->ranks : one->rank);
  }
  return nullptr;
}

std::string address_of(const Environment& environment, const Launcher& launcher, int64_t ranks) {
  if (const auto given = environment("MASTER_ADDR"); given && !given->empty()) return *given;
  if (&launcher == &kSlurm)
    if (const auto list = environment("SLURM_STEP_NODELIST"); list && !first_host(*list).empty())
      return first_host(*list);
  if (launcher.local_ranks && &launcher != &kTorchrun && environment(launcher.local_ranks) == to_text(ranks))
    return "127.0.0.1";
  fail(ErrorKind::usage, "{} is set in the environment, but MASTER_ADDR, the host of rank 0, is not", launcher.rank);
}

int64_t port_of(const Environment& environment, const Launcher& launcher) {
  if (!environment("MASTER_PORT")) {
    if (&launcher != &kTorchrun) return Launch{}.port;
    fail(ErrorKind::usage, "RANK is set in the environment, but MASTER_PORT is not");
  }
  const bool taken = &launcher == &kTorchrun && environment("TORCHELASTIC_USE_AGENT_STORE") == "True";
  return number(environment, "MASTER_PORT", 1, 65535 - taken) + taken;
}

}  // namespace

std::string first_host(std::string_view list) {
  std::string host;
  bool skipping = false;  // what follows the first number in brackets
  for (size_t i = 0, depth = 0; i < list.size() && (depth > 0 || list[i] != ','); ++i) {
    const char c = list[i];
    if (c == '[') {
      ++depth;
    } else if (c == ']') {
      depth = 0;
      skipping = false;
    } else if (depth > 0 && (c == '-' || c == ',')) {
      skipping = true;
    } else if (!skipping) {
      host += c;
    }
  }
  return host;
}

Launch launch_from(const Environment& environment) {
  Launch launch;
  const Launcher* launcher = launcher_of(environment);
  if (!launcher) return launch;
  launch.ranks = number(environment, launcher->ranks, 1, kMostRanks);
  launch.rank = number(environment, launcher->rank, 0, launch.ranks - 1);
  if (launch.ranks == 1) return launch;
  launch.address = address_of(environment, *launcher, launch.ranks);
  launch.port = port_of(environment, *launcher);
  // mpirun and srun deal the processors out themselves, by binding processes to them.
  if (launcher == &kTorchrun && environment(launcher->local_ranks))
    launch.sharing = number(environment, launcher->local_ranks, 1, launch.ranks);
  for (const char* name : launcher->job) launch.job += environment(name).value_or("") + "/";
  return launch;
}

Launch launch() {
  return launch_from([](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  });
}

}  // namespace athanor::train
