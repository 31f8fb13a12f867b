// Which of several processes this one is, as torchrun, mpirun or srun tell it by the environment.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace athanor::train {

/// A process among those that train together, and where they meet.
struct Launch {
  int64_t rank = 0, ranks = 1;
  int64_t sharing = 1;       ///< processes that this host's processors are to be divided among
  std::string address = {};  ///< host of rank 0
  int64_t port = 29500;      ///< at which rank 0 is found there
  std::string job = {};      ///< tells this run from another one at the same place
};

/// A variable of the environment, none when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The first of these that is set; one process when none is, or when there is only one.
///
///               rank                   ranks                  address of rank 0
///   torchrun    RANK                   WORLD_SIZE             MASTER_ADDR, with MASTER_PORT
///   Open MPI    OMPI_COMM_WORLD_RANK   OMPI_COMM_WORLD_SIZE   MASTER_ADDR; this host when all run here
///   MPICH       PMI_RANK               PMI_SIZE               MASTER_ADDR; this host when all run here
///   Slurm       SLURM_PROCID           SLURM_STEP_NUM_TASKS   MASTER_ADDR; the first of SLURM_STEP_NODELIST
///
/// MASTER_PORT counts for all. Where torchrun keeps a store of its own at that port, ranks meet at the next one.
/// Slurm's are those of a step: SLURM_NTASKS is also set for the batch script, which is one process. Where srun sets
/// MPICH's as well (--mpi=pmi2), to the same numbers, Slurm's are taken. Throws
/// Error{usage}: one of a pair without the other, values that are no ranks, no address.
Launch launch_from(const Environment& environment);
/// Of this process.
Launch launch();

/// The first host of a list as Slurm writes it: "node[003-005,7],login" → "node003".
std::string first_host(std::string_view list);

}  // namespace athanor::train
