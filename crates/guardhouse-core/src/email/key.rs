use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizer;

/// NFKC and full case folding until nothing changes (Unicode 3.13, D145 and after), then the
/// two letters that other software makes `i` of: dotless `ı` and `i` with its dot written apart.
/// A database or peer that upper-cases would take them for one account (A16).
pub(super) fn fold(text: &str) -> String {
    let nfkc = ComposingNormalizer::new_nfkc();
    let once = |text: &str| {
        let folded = CaseMapper::new().fold_string(&nfkc.normalize(text)).into_owned();
        nfkc.normalize(&folded.replace('ı', "i").replace("i\u{307}", "i")).into_owned()
    };
    // The first round may make letters that fold again; the second is the fixed point.
    once(&once(text))
}
