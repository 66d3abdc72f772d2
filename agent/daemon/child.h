// SPDX-License-Identifier: Apache-2.0
// seep itself as a child of the daemon, for what takes more memory or time than the daemon may.
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>

#include "storage/model/descriptor.h"
#include "storage/model/error.h"

namespace seep::agent {

// `words` behind "seep". `output` becomes the child's stdout, which does not block; its stderr goes
// nowhere. Of lower priority than the daemon. Gives the pid, which is to be waited for. Any thread.
// kIo.
model::Result<pid_t> StartChild(std::span<const std::string> words,
                                std::optional<model::Descriptor>& output);

}  // namespace seep::agent
