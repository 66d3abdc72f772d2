// SPDX-License-Identifier: Apache-2.0
// From the stacks of a run, or of two, to a profile.
#pragma once

#include "agent/commands/frame_resolver.h"
#include "analysis/export/profile.h"
#include "storage/model/error.h"
#include "storage/model/run_data.h"

namespace seep::agent {

struct ProfileRequest {
  const model::RunData& data;
  const model::RunData* base = nullptr;  // taken off; null: nothing is
  std::optional<int> pid{};              // of this process only; of the base its program's
  bool is_growth = false;                // since the end of warm-up, which the analysis tells
};

// The modules of both runs, as a resolver wants them.
std::vector<model::Module> ModulesOf(const ProfileRequest& request);

// kNotFound: of no process is the end of warm-up known.
model::Result<exports::Profile> MakeProfile(const ProfileRequest& request, FrameResolver& resolver);

}  // namespace seep::agent
