// SPDX-License-Identifier: Apache-2.0
// A sink that keeps what it is told.
#pragma once

#include <utility>
#include <vector>

#include "probes/endpoint/answer.h"

namespace seep::endpoint::test {

struct Told : AnswerSink {
  void Take(const Answer& answer) override { answers.push_back(answer); }
  void Take(const AnswerSummary& summary) override { summaries.push_back(summary); }
  void TakeConcurrency(double at_s, double users) override {
    concurrency.emplace_back(at_s, users);
  }

  std::vector<Answer> answers;
  std::vector<AnswerSummary> summaries;
  std::vector<std::pair<double, double>> concurrency;  // at_s, users
};

}  // namespace seep::endpoint::test
