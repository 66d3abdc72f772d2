// SPDX-License-Identifier: Apache-2.0
// A run summary with something in every field.
#pragma once

#include <string>

#include "storage/model/baseline.h"

namespace seep::baseline::test {

inline model::RunSummary Summary(const std::string& name, double level = 1e7) {
  model::RunSummary run{.run_id = 7,
                        .run_name = name,
                        .started_at_ns = 1790000000000000000,
                        .host = "box",
                        .seep_version = "0.1.0",
                        .build = "c0ffee",
                        .key = {"api", "checkout", "x86_64-2", "abc"},
                        .growth_class = model::GrowthClass::kStable,
                        .exit_code = model::ExitCode::kPass,
                        .observed_s = 3600,
                        .judged_s = 3000,
                        .requests = 1e6,
                        .interval_bytes = 131072,
                        .features = {},
                        .stacks = {}};
  run.features = {{"rss_swap.level", "bytes", level, 0}, {"heap_live.level", "bytes", 8e6, 1e5}};
  const model::SourceFrame outer{"main", "main.cpp", 10, "api", false};
  model::StackSummary first{.frames = {{"Cart::Add", "cart.cpp", 42, "api", true}, outer},
                            .alloc_bytes = 1e9,
                            .alloc_objects = 1e6,
                            .alloc_samples = 7600,
                            .live_bytes = 3e6,
                            .live_bytes_se = 6e5,
                            .live_objects = 3e3,
                            .growth_bytes_per_hour = 2e6,
                            .growth_low = 1e6};
  model::StackSummary second = first;
  second.kind = model::StackKind::kMapping;
  second.frames = {outer};
  run.stacks = {first, second};
  return run;
}

inline model::Baseline Sample() {
  model::Baseline baseline{.name = "main", .keep = 3, .changed_at_ns = 5};
  baseline.runs = {Summary("a", 1e7), Summary("b", 1.1e7)};
  baseline.key = baseline.runs.back().key;
  return baseline;
}

}  // namespace seep::baseline::test
