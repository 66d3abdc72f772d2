// SPDX-License-Identifier: Apache-2.0
#include "agent/resilience/error_class.h"

#include <array>
#include <cerrno>

namespace seep::resilience {
namespace {

struct Row {
  ErrorClass error;
  std::string_view name;
  Strategy strategy;
};

// In the order of ErrorClass. A person needs minutes; a minute is soon enough to see it.
constexpr std::array<Row, 6> kTable{{
    {ErrorClass::kTransient, "transient", {true, false, 0, true}},
    {ErrorClass::kPermanent, "permanent", {true, true, 15, true}},
    {ErrorClass::kRateLimit, "rate limit", {true, true, 30, true}},
    {ErrorClass::kAuthentication, "authentication", {true, true, 60, true}},
    {ErrorClass::kDataValidation, "data validation", {false, false, 0, false}},
    {ErrorClass::kUnknown, "unknown", {true, false, 0, true}},
}};

constexpr bool IsInOrder() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (kTable[i].error != static_cast<ErrorClass>(i)) return false;
  }
  return true;
}
static_assert(IsInOrder());

}  // namespace

std::string_view ToString(ErrorClass error) {
  return kTable.at(static_cast<size_t>(error)).name;
}

const Strategy& StrategyOf(ErrorClass error) {
  return kTable.at(static_cast<size_t>(error)).strategy;
}

ErrorClass Classify(const model::Error& error) {
  switch (error.code) {
    case model::Errc::kBusy:
    case model::Errc::kIo:  // also read-only and permissions: they are mended under a running agent
      return ErrorClass::kTransient;
    case model::Errc::kNotFound:
    case model::Errc::kCorrupt:
    case model::Errc::kUnsupported:
      return ErrorClass::kPermanent;
    case model::Errc::kInvalidArgument:
      return ErrorClass::kDataValidation;
  }
  return ErrorClass::kUnknown;
}

ErrorClass ClassifyHttp(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return ErrorClass::kAuthentication;
    case 429:
      return ErrorClass::kRateLimit;
    case 408:
    case 425:
      return ErrorClass::kTransient;
    case 400:
    case 406:
    case 413:
    case 415:
    case 422:
      return ErrorClass::kDataValidation;
    case 501:
    case 505:
      return ErrorClass::kPermanent;
    default:
      break;
  }
  if (status >= 500 && status < 600) return ErrorClass::kTransient;
  // A redirection is not followed: what answers there is not what was named.
  if (status >= 300 && status < 500) return ErrorClass::kPermanent;
  return ErrorClass::kUnknown;
}

ErrorClass ClassifyErrno(int error) {
  switch (error) {
    case EAGAIN:
    case EINTR:
    case EBUSY:
    case EIO:
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ECONNREFUSED:  // the service restarts
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
      return ErrorClass::kTransient;
    case EACCES:
    case EPERM:
      return ErrorClass::kAuthentication;
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case EROFS:
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
      return ErrorClass::kPermanent;
    case EINVAL:
    case EMSGSIZE:
    case EFBIG:
      return ErrorClass::kDataValidation;
    default:
      return ErrorClass::kUnknown;
  }
}

}  // namespace seep::resilience
