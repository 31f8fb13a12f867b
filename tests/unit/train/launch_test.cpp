#include "train/launch.h"

#include <map>

#include "support/files.h"

namespace athanor::train {
namespace {

using Catch::Matchers::ContainsSubstring;
using test::error_of;
using Variables = std::map<std::string, std::string>;

Launch launched(const Variables& variables) {
  return launch_from([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

/// `variables` with changes; an empty value removes one.
Variables with(Variables variables, const Variables& changes) {
  for (const auto& [name, value] : changes)
    if (value.empty())
      variables.erase(name);
    else
      variables[name] = value;
  return variables;
}

const Variables kTorchrun{
    {"RANK", "3"},          {"WORLD_SIZE", "4"},     {"LOCAL_WORLD_SIZE", "2"},   {"LOCAL_RANK", "1"},
    {"MASTER_ADDR", "one"}, {"MASTER_PORT", "1234"}, {"TORCHELASTIC_RUN_ID", "a"}};
const Variables kMpirun{
    {"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}, {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};
const Variables kSrun{{"SLURM_PROCID", "5"},
                      {"SLURM_STEP_NUM_TASKS", "8"},
                      {"SLURM_STEP_NODELIST", "gpu[07-10,12]"},
                      {"SLURM_JOB_ID", "99"}};

TEST_CASE("launch value: rank, ranks and place as each launcher tells them") {
  CHECK(launched({}).ranks == 1);
  const Launch torchrun = launched(kTorchrun);
  CHECK(torchrun.rank == 3);
  CHECK(torchrun.ranks == 4);
  CHECK(torchrun.sharing == 2);
  CHECK(torchrun.address == "one");
  CHECK(torchrun.port == 1234);
  // The port itself is torchrun's store.
  CHECK(launched(with(kTorchrun, {{"TORCHELASTIC_USE_AGENT_STORE", "True"}})).port == 1235);
  CHECK(launched(with(kTorchrun, {{"TORCHELASTIC_USE_AGENT_STORE", "False"}})).port == 1234);

  const Launch mpirun = launched(kMpirun);
  CHECK(mpirun.rank == 1);
  CHECK(mpirun.ranks == 2);
  CHECK(mpirun.sharing == 1);
  CHECK(mpirun.address == "127.0.0.1");
  CHECK(mpirun.port == 29500);
  const Variables hosts = with(kMpirun, {{"OMPI_COMM_WORLD_LOCAL_SIZE", "1"}});
  CHECK(launched(with(hosts, {{"MASTER_ADDR", "one"}, {"MASTER_PORT", "77"}})).address == "one");
  CHECK(launched(with(hosts, {{"MASTER_ADDR", "one"}, {"MASTER_PORT", "77"}})).port == 77);

  const Launch mpich = launched({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}, {"MPI_LOCALNRANKS", "2"}});
  CHECK(mpich.ranks == 2);
  CHECK(mpich.address == "127.0.0.1");

  const Launch srun = launched(kSrun);
  CHECK(srun.rank == 5);
  CHECK(srun.ranks == 8);
  CHECK(srun.address == "gpu07");
  CHECK(launched(with(kSrun, {{"MASTER_ADDR", "one"}})).address == "one");
}

TEST_CASE("launch law: the innermost launcher counts, and runs that meet at one place are told apart") {
  Variables both = kSrun;
  both.merge(Variables(kTorchrun));
  CHECK(launched(both).rank == 3);
  both = kSrun;
  both.merge(Variables(kMpirun));
  CHECK(launched(both).rank == 1);
  // srun --mpi=pmi2 sets MPICH's variables as well; MPICH's mpirun starts its own through one of Slurm's a host.
  const Launch pmi2 = launched(with(kSrun, {{"PMI_RANK", "5"}, {"PMI_SIZE", "8"}}));
  CHECK(pmi2.rank == 5);
  CHECK(pmi2.address == "gpu07");
  CHECK(pmi2.job == launched(kSrun).job);
  const Launch hydra = launched(with(kSrun, {{"PMI_RANK", "5"}, {"PMI_SIZE", "64"}, {"MASTER_ADDR", "one"}}));
  CHECK(hydra.rank == 5);
  CHECK(hydra.ranks == 64);
  CHECK(launched(kTorchrun).job != launched(with(kTorchrun, {{"TORCHELASTIC_RUN_ID", "b"}})).job);
  CHECK(launched(kTorchrun).job != launched(with(kTorchrun, {{"TORCHELASTIC_RESTART_COUNT", "1"}})).job);
  CHECK(launched(kSrun).job != launched(with(kSrun, {{"SLURM_JOB_ID", "100"}})).job);
}

TEST_CASE("launch limit: one process needs no place, and a batch script of Slurm is one") {
  CHECK(launched({{"RANK", "0"}, {"WORLD_SIZE", "1"}}).ranks == 1);
  CHECK(launched({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "8"}, {"SLURM_JOB_NODELIST", "a,b"}}).ranks == 1);
  CHECK(launched(with(kTorchrun, {{"LOCAL_WORLD_SIZE", ""}})).sharing == 1);
}

TEST_CASE("launch refusal: half of what is needed, and values that are no ranks") {
  const auto refused = [](const Variables& variables) {
    return std::string(error_of([&] { launched(variables); }).what());
  };
  CHECK_THAT(refused({{"RANK", "0"}}), ContainsSubstring("RANK is set in the environment, but WORLD_SIZE is not"));
  CHECK_THAT(refused({{"WORLD_SIZE", "2"}}),
             ContainsSubstring("WORLD_SIZE is set in the environment, but RANK is not"));
  CHECK_THAT(refused({{"OMPI_COMM_WORLD_SIZE", "2"}}), ContainsSubstring("OMPI_COMM_WORLD_RANK is not"));
  CHECK_THAT(refused(with(kTorchrun, {{"MASTER_ADDR", ""}})), ContainsSubstring("MASTER_ADDR"));
  CHECK_THAT(refused(with(kTorchrun, {{"MASTER_PORT", ""}})), ContainsSubstring("MASTER_PORT"));
  CHECK_THAT(refused(with(kMpirun, {{"OMPI_COMM_WORLD_LOCAL_SIZE", "1"}})), ContainsSubstring("MASTER_ADDR"));
  CHECK_THAT(refused(with(kTorchrun, {{"RANK", "4"}})), ContainsSubstring("RANK is 4, not 0 to 3"));
  CHECK_THAT(refused(with(kTorchrun, {{"RANK", "-1"}})), ContainsSubstring("RANK"));
  CHECK_THAT(refused(with(kTorchrun, {{"RANK", "one"}})), ContainsSubstring("RANK"));
  CHECK_THAT(refused(with(kTorchrun, {{"WORLD_SIZE", "0"}})), ContainsSubstring("WORLD_SIZE"));
  CHECK_THAT(refused(with(kTorchrun, {{"MASTER_PORT", "65536"}})), ContainsSubstring("MASTER_PORT"));
  CHECK_THAT(refused(with(kTorchrun, {{"MASTER_PORT", "65535"}, {"TORCHELASTIC_USE_AGENT_STORE", "True"}})),
             ContainsSubstring("MASTER_PORT"));
}

TEST_CASE("launch value: the first host of a list as Slurm writes it") {
  CHECK(first_host("one") == "one");
  CHECK(first_host("one,two") == "one");
  CHECK(first_host("node[003-005,7],login") == "node003");
  CHECK(first_host("node[7,3]") == "node7");
  CHECK(first_host("node[01-16]-ib") == "node01-ib");
  CHECK(first_host("rack[2-3]node[4-6]") == "rack2node4");
  CHECK(first_host("") == "");
}

}  // namespace
}  // namespace athanor::train
