// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/urgency.h"

#include <sched.h>

namespace seep::attach {

Urgency::Urgency() {
  sched_param now{};
  policy_ = sched_getscheduler(0);
  if (policy_ < 0 || sched_getparam(0, &now) != 0) return;
  priority_ = now.sched_priority;
  const sched_param urgent{.sched_priority = kPriority};
  is_raised_ = sched_setscheduler(0, SCHED_FIFO, &urgent) == 0;
}

Urgency::~Urgency() {
  const sched_param before{.sched_priority = priority_};
  if (is_raised_) sched_setscheduler(0, policy_, &before);
}

bool Urgency::IsRaised() {
  return sched_getscheduler(0) == SCHED_FIFO;
}

}  // namespace seep::attach
