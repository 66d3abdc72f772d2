// SPDX-License-Identifier: Apache-2.0
#include "agent/resilience/error_class.h"

#include <catch2/catch.hpp>
#include <cerrno>

using namespace seep::resilience;
using seep::model::Errc;

TEST_CASE("every code of an error has its class") {
  CHECK(Classify({Errc::kBusy, ""}) == ErrorClass::kTransient);
  CHECK(Classify({Errc::kIo, ""}) == ErrorClass::kTransient);
  CHECK(Classify({Errc::kNotFound, ""}) == ErrorClass::kPermanent);
  CHECK(Classify({Errc::kCorrupt, ""}) == ErrorClass::kPermanent);
  CHECK(Classify({Errc::kUnsupported, ""}) == ErrorClass::kPermanent);
  CHECK(Classify({Errc::kInvalidArgument, ""}) == ErrorClass::kDataValidation);
}

TEST_CASE("every answer of HTTP has its class") {
  for (const int status : {401, 403, 407}) {
    CHECK(ClassifyHttp(status) == ErrorClass::kAuthentication);
  }
  for (const int status : {408, 425, 500, 502, 503, 504, 599}) {
    CHECK(ClassifyHttp(status) == ErrorClass::kTransient);
  }
  for (const int status : {301, 302, 404, 405, 410, 451, 501, 505}) {
    CHECK(ClassifyHttp(status) == ErrorClass::kPermanent);
  }
  for (const int status : {400, 406, 413, 415, 422}) {
    CHECK(ClassifyHttp(status) == ErrorClass::kDataValidation);
  }
  CHECK(ClassifyHttp(429) == ErrorClass::kRateLimit);
  for (const int status : {-1, 0, 100, 200, 600, 999}) {
    CHECK(ClassifyHttp(status) == ErrorClass::kUnknown);
  }
}

TEST_CASE("no answer at all is classed by errno") {
  CHECK(ClassifyErrno(ECONNREFUSED) == ErrorClass::kTransient);
  CHECK(ClassifyErrno(ENOSPC) == ErrorClass::kTransient);
  CHECK(ClassifyErrno(EACCES) == ErrorClass::kAuthentication);
  CHECK(ClassifyErrno(EROFS) == ErrorClass::kPermanent);
  CHECK(ClassifyErrno(EMSGSIZE) == ErrorClass::kDataValidation);
  CHECK(ClassifyErrno(EXDEV) == ErrorClass::kUnknown);
}

TEST_CASE("only bad data leave the breaker alone, and are not sent again") {
  for (const auto error : {ErrorClass::kTransient, ErrorClass::kPermanent, ErrorClass::kRateLimit,
                           ErrorClass::kAuthentication, ErrorClass::kUnknown}) {
    CHECK(StrategyOf(error).is_against_breaker);
    CHECK(StrategyOf(error).is_repeated);
  }
  CHECK_FALSE(StrategyOf(ErrorClass::kDataValidation).is_against_breaker);
  CHECK_FALSE(StrategyOf(ErrorClass::kDataValidation).is_repeated);
  CHECK(ToString(ErrorClass::kUnknown) == "unknown");
}
