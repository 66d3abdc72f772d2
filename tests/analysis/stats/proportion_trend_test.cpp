// SPDX-License-Identifier: Apache-2.0
#include "analysis/stats/proportion_trend.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "bench/synthetic/random.h"

using namespace seep;
using namespace seep::analysis;

namespace {

using Values = std::vector<double>;

const Values kX{0, 1, 2, 3, 4, 5, 6, 7};
const Values kTrials{1000, 1200, 900, 1100, 1000, 1300, 800, 1000};

}  // namespace

// The references are Newton's method on the log likelihood with 60 decimal digits (Python's
// decimal, Gauss-Jordan on the information matrix): another algorithm in other arithmetic.
TEST_CASE("logistic regression gives the reference's slope, error and deviance") {
  const ProportionTrend trend = FitLogistic(kX, Values{3, 5, 2, 9, 8, 14, 11, 20}, kTrials);
  REQUIRE(trend.is_solvable);
  CHECK(trend.slope == Approx(0.28149034409464835).epsilon(1e-9));
  CHECK(trend.standard_error == Approx(0.05823842315958213).epsilon(1e-7));  // dispersion below 1
  CHECK(trend.dispersion == 1);
  CHECK(trend.deviance == Approx(2.318829394450831).epsilon(1e-9));
  CHECK(trend.degrees == 6);
}

TEST_CASE("errors that come in clumps widen the error by the root of their dispersion") {
  const Values few{300, 360, 270, 330, 300, 390, 240, 300};
  const ProportionTrend trend = FitLogistic(kX, Values{3, 25, 2, 19, 8, 4, 41, 20}, few);
  REQUIRE(trend.is_solvable);
  CHECK(trend.dispersion > 5);
  const ProportionTrend narrow = FitLogistic(kX, Values{3, 5, 2, 9, 8, 14, 11, 20}, few);
  CHECK(trend.standard_error > 2 * narrow.standard_error * std::sqrt(72.0 / 122));
}

TEST_CASE("a column beside the time takes its part of the rise") {
  const ProportionTrend trend =
      FitLogistic(kX, Values{3, 5, 2, 9, 8, 14, 11, 20}, kTrials, {{2, 1, 3, 1, 2, 1, 3, 2}});
  REQUIRE(trend.is_solvable);
  CHECK(trend.slope == Approx(0.29582030656335995).epsilon(1e-9));
  CHECK(trend.standard_error == Approx(0.06145828494747085).epsilon(1e-7));
  CHECK(trend.deviance == Approx(1.5509043557902051).epsilon(1e-9));
}

TEST_CASE("the trend in proportions is Cochran's and Armitage's") {
  CHECK(CochranArmitageZ(kX, Values{3, 5, 2, 9, 8, 14, 11, 20}, kTrials) ==
        Approx(5.019468685662497).epsilon(1e-9));
  // By hand: share 3/2000, sum of (x - 1.5) e = 0.5 * 1 + 1.5 * 2 = 3.5; variance p q * 500 * 5.
  CHECK(CochranArmitageZ(Values{0, 1, 2, 3}, Values{0, 0, 1, 2}, Values{500, 500, 500, 500}) ==
        Approx(3.5 / std::sqrt(0.0015 * 0.9985 * 2500)));
  CHECK(CochranArmitageZ(Values{0, 1, 2}, Values{1, 2, 9}, Values{50, 50, 50}, 4) ==
        Approx(CochranArmitageZ(Values{0, 1, 2}, Values{1, 2, 9}, Values{50, 50, 50}) / 2));
  CHECK(CochranArmitageZ(Values{0, 1, 2}, Values{0, 0, 0}, Values{50, 50, 50}) == 0);
}

TEST_CASE("what no regression can fit is said to be so") {
  const Values trials{50, 50, 50, 50};
  const Values x{0, 1, 2, 3};
  CHECK_FALSE(FitLogistic(x, Values{0, 0, 0, 0}, trials).is_solvable);
  CHECK_FALSE(FitLogistic(x, trials, trials).is_solvable);
  CHECK_FALSE(FitLogistic(x, Values{0, 0, 50, 50}, trials).is_solvable);  // separated
  CHECK_FALSE(FitLogistic(Values{0, 1}, Values{1, 2}, Values{50, 50}).is_solvable);
}

TEST_CASE("without a trend both tests alarm as often as they say, also where counts scatter") {
  for (const double scatter : {0.0, 0.8}) {
    synthetic::Rng rng(7);
    constexpr int kRuns = 2000;
    int logistic = 0;
    int armitage = 0;
    for (int run = 0; run < kRuns; ++run) {
      Values x;
      Values events;
      const Values trials(24, 1000);
      for (int block = 0; block < 24; ++block) {
        x.push_back(block);
        const double share = 0.02 * std::exp(scatter * synthetic::Normal(rng));
        double count = 0;
        for (int i = 0; i < 1000; ++i) count += synthetic::Uniform(rng, 0, 1) < share;
        events.push_back(count);
      }
      const ProportionTrend trend = FitLogistic(x, events, trials);
      logistic += trend.is_solvable && trend.slope > 1.717 * trend.standard_error;  // t, 22
      armitage += CochranArmitageZ(x, events, trials, DispersionOf(events, trials)) > 1.717;
    }
    // 5 % by design: 100 +- 10 of 2000; the floor of the dispersion makes it a little less.
    CHECK(logistic >= 60);
    CHECK(logistic <= 130);
    CHECK(armitage >= 60);
    CHECK(armitage <= 130);
  }
}
