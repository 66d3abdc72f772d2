// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/priority_loan.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <array>
#include <fstream>
#include <iterator>
#include <string>

#include "probes/attach/tracee.h"
#include "probes/attach/urgency.h"

using namespace seep::attach;

namespace {

constexpr double kLimitSeconds = 10;

class BusyProcess {
 public:
  BusyProcess() : pid_(fork()) {
    if (pid_ != 0) return;
    volatile bool is_busy = true;
    while (is_busy) {
    }
  }
  ~BusyProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

  // proc(5), field 18 of stat: 20 for an ordinary thread, -2 for the lowest real-time one.
  int Priority() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    std::string_view rest = std::string_view(text).substr(text.rfind(')') + 2);
    for (int field = 3; field < 18; ++field) rest.remove_prefix(rest.find(' ') + 1);
    return std::stoi(std::string(rest));
  }
  bool Gets(int priority) const {
    const double deadline_s = NowSeconds() + kLimitSeconds;
    while (Priority() != priority && NowSeconds() < deadline_s) usleep(1000);
    return Priority() == priority;
  }

 private:
  pid_t pid_;
};

constexpr int kOrdinary = 20;
constexpr int kRealTime = -2;

Tracee Stopped(pid_t pid) {
  auto thread = Tracee::Seize(pid, pid);
  if (thread && thread->Interrupt()) thread->AwaitStop(kLimitSeconds).value();
  return std::move(thread).value();
}

bool MayBeUrgent() {
  const Urgency urgency;
  return Urgency::IsRaised();
}

}  // namespace

TEST_CASE("a thread has our priority until the end of the loan") {
  if (!MayBeUrgent()) return;
  BusyProcess busy;
  REQUIRE(busy.Gets(kOrdinary));
  {
    const Urgency urgency;
    PriorityLoan loan;
    Tracee thread = Stopped(busy.pid());
    loan.LendTo(busy.pid());
    CHECK(busy.Gets(kRealTime));
    REQUIRE(thread.Resume());
    CHECK(busy.Gets(kRealTime));
    REQUIRE(thread.Interrupt());
    REQUIRE(thread.AwaitStop(kLimitSeconds));
    loan.End();
  }
  CHECK(busy.Gets(kOrdinary));
}

TEST_CASE("a loan ends when the lender is killed") {
  if (!MayBeUrgent()) return;
  BusyProcess busy;
  const pid_t lender = fork();
  if (lender == 0) {
    const Urgency urgency;
    PriorityLoan loan;
    Tracee thread = Stopped(busy.pid());
    loan.LendTo(busy.pid());
    if (!busy.Gets(kRealTime) || !thread.Resume()) _exit(1);
    pause();
  }
  CHECK(busy.Gets(kRealTime));
  kill(lender, SIGKILL);
  int status = 0;
  waitpid(lender, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(busy.Gets(kOrdinary));
}

TEST_CASE("without the right to it nothing is lent, and nothing waits") {
  BusyProcess busy;
  PriorityLoan loan;  // not under an Urgency
  loan.LendTo(busy.pid());
  loan.End();
  CHECK(busy.Priority() == kOrdinary);
}
