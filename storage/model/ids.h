// SPDX-License-Identifier: Apache-2.0
// Row ids as types of their own, so that a stack id cannot be passed for a target id.
#pragma once

#include <cstdint>

namespace seep::model {

enum class RunId : int64_t {};
enum class TargetId : int64_t {};
enum class SeriesId : int64_t {};
enum class ModuleId : int64_t {};
enum class StackId : int64_t {};

}  // namespace seep::model
