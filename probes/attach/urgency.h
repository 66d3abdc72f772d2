// SPDX-License-Identifier: Apache-2.0
// While a thread of the target stands still, we must not wait for a processor behind the others.
#pragma once

namespace seep::attach {

// The calling thread, and those that it makes, are real-time ones meanwhile, where they may be
// (root, CAP_SYS_NICE).
class Urgency {
 public:
  static constexpr int kPriority = 2;  // above that of a PriorityLoan

  Urgency();
  ~Urgency();
  Urgency(const Urgency&) = delete;
  Urgency& operator=(const Urgency&) = delete;

  static bool IsRaised();  // for the calling thread

 private:
  int policy_ = 0;
  int priority_ = 0;
  bool is_raised_ = false;
};

}  // namespace seep::attach
