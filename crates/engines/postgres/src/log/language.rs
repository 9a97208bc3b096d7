//! The words servers print in front of messages, in the languages PostgreSQL is translated to.

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Log,
    Error,
    Fatal,
    Panic,
    Warning,
    Notice,
    Info,
    Debug,
    Detail,
    Hint,
    Query,
    Context,
    Statement,
    Location,
    Backtrace,
}

use Word::{
    Backtrace, Context, Debug as Debugging, Detail, Error, Fatal, Hint, Info, Location, Log, Notice, Panic, Query,
    Statement, Warning,
};

impl Word {
    const LEVELS: [Word; 8] = [Log, Error, Fatal, Panic, Warning, Notice, Info, Debugging];
    const PARTS: [Word; 7] = [Detail, Hint, Query, Context, Statement, Location, Backtrace];

    /// Whether it begins a message, rather than continuing one.
    pub(super) fn begins(self) -> bool {
        (self as u8) < (Detail as u8)
    }

    /// The level named by csvlog and jsonlog.
    pub(super) fn level(text: &[u8], language: &Language) -> Option<Word> {
        let named = |language: &Language| {
            let at = language.levels.iter().position(|level| level.as_bytes() == text)?;
            Word::LEVELS.get(at).copied()
        };
        named(&ENGLISH).or_else(|| named(language))
    }
}

/// The words of a language.
#[derive(Debug)]
pub(super) struct Language {
    pub(super) code: &'static str,
    pub(super) levels: [&'static str; 8],
    pub(super) parts: [&'static str; 7],
    pub(super) duration: &'static [&'static str],
    pub(super) unit: &'static str,
    pub(super) statement: &'static [&'static str],
    pub(super) fetch: &'static str,
    pub(super) execute: &'static str,
    pub(super) parse: &'static str,
    pub(super) bind: &'static str,
    pub(super) parameters: &'static str,
}

impl Language {
    /// The word at the start of the bytes, and how long it is with what separates it from the message.
    pub(super) fn word(&self, bytes: &[u8]) -> Option<(Word, usize)> {
        if bytes.starts_with(b"LOG:  ") {
            return Some((Log, 6));
        }
        match bytes.first()? {
            b'A'..=b'Z' => ENGLISH.find(bytes).or_else(|| self.find(bytes)),
            0x80.. => self.find(bytes),
            _ => None,
        }
    }

    fn find(&self, bytes: &[u8]) -> Option<(Word, usize)> {
        for (level, word) in self.levels.iter().zip(Word::LEVELS) {
            if bytes.starts_with(level.as_bytes()) && bytes[level.len()..].starts_with(b":  ") {
                return Some((word, level.len() + 3));
            }
        }
        for (part, word) in self.parts.iter().zip(Word::PARTS) {
            if let Some(rest) = bytes.strip_prefix(part.as_bytes()) {
                let spaces = rest.iter().take(2).take_while(|byte| **byte == b' ').count();
                return Some((word, part.len() + spaces));
            }
        }
        None
    }
}

pub(super) static ENGLISH: Language = Language {
    code: "en",
    levels: ["LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "DEBUG"],
    parts: ["DETAIL:", "HINT:", "QUERY:", "CONTEXT:", "STATEMENT:", "LOCATION:", "BACKTRACE:"],
    duration: &["duration:"],
    unit: "ms",
    statement: &["statement: "],
    fetch: "execute fetch from",
    execute: "execute",
    parse: "parse ",
    bind: "bind ",
    parameters: "parameters: ",
};

/// The others, with the words of the catalogues of PostgreSQL 15.
pub(super) static OTHERS: &[Language] = &[
    Language {
        code: "de",
        levels: ["LOG", "FEHLER", "FATAL", "PANIK", "WARNUNG", "HINWEIS", "INFO", "DEBUG"],
        parts: ["DETAIL:", "TIPP:", "ANFRAGE:", "ZUSAMMENHANG:", "ANWEISUNG:", "LOCATION:", "BACKTRACE:"],
        duration: &["Dauer:"],
        unit: "ms",
        statement: &["Anweisung: "],
        fetch: "Ausführen Fetch von",
        execute: "Ausführen",
        parse: "Parsen ",
        bind: "Binden ",
        parameters: "Parameter: ",
    },
    Language {
        code: "es",
        levels: ["LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "DEBUG"],
        parts: ["DETALLE:", "HINT:", "CONSULTA:", "CONTEXTO:", "SENTENCIA:", "LOCATION:", "BACKTRACE:"],
        duration: &["duración:"],
        unit: "ms",
        statement: &["sentencia: "],
        fetch: "ejecutar fetch desde",
        execute: "ejecutar",
        parse: "parse: ",
        bind: "bind ",
        parameters: "parámetros: ",
    },
    Language {
        code: "fr",
        levels: ["LOG", "ERREUR", "FATAL", "PANIC", "ATTENTION", "NOTICE", "INFO", "DEBUG"],
        parts: ["DÉTAIL:", "ASTUCE :", "REQUÊTE :", "CONTEXTE :", "INSTRUCTION :", "LOCATION:", "PILE D'APPEL :"],
        duration: &["durée :"],
        unit: "ms",
        statement: &["instruction : "],
        fetch: "exécute fetch à partir de",
        execute: "exécute",
        parse: "analyse ",
        bind: "lien ",
        parameters: "paramètres : ",
    },
    Language {
        code: "it",
        levels: ["LOG", "ERRORE", "FATALE", "PANICO", "ATTENZIONE", "NOTIFICA", "INFO", "DEBUG"],
        parts: ["DETTAGLI:", "SUGGERIMENTO:", "QUERY:", "CONTESTO:", "ISTRUZIONE:", "LOCATION:", "BACKTRACE:"],
        duration: &["durata:"],
        unit: "ms",
        statement: &["istruzione: "],
        fetch: "esecuzione di fetch da",
        execute: "esecuzione di",
        parse: "analisi di ",
        bind: "bind ",
        parameters: "parametri: ",
    },
    Language {
        code: "ja",
        levels: ["LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "DEBUG"],
        parts: ["詳細:", "ヒント:", "問い合わせ:", "文脈:", "文:", "LOCATION:", "バックトレース:"],
        duration: &["期間:"],
        unit: "ミリ秒",
        statement: &["文: "],
        fetch: "取り出し実行",
        execute: "実行",
        parse: "パース",
        bind: "バインド ",
        parameters: "パラメータ: ",
    },
    Language {
        code: "ka",
        levels: ["ჟურნალი", "შეცდომა", "ფატალური", "პანიკა", "გაფრთხილება", "გაფრთხილება", "ინფორმაცია", "გამართვა"],
        parts: ["დეტალები:", "მინიშნება:", "მოთხოვნა:", "კონტექსტი:", "ოპერატორი:", "LOCATION:", "სტეკი:"],
        duration: &["ხანგრძლივობა:"],
        unit: "მწმ",
        statement: &["ოპერატორი: ", "გამოსახულება: "],
        fetch: "execute fetch from",
        execute: "გაშვება",
        parse: "-ის დამუშავება",
        bind: "მიბმა",
        parameters: "პარამეტრები: ",
    },
    Language {
        code: "ko",
        levels: ["로그", "오류", "치명적오류", "손상", "경고", "알림", "정보", "디버그"],
        parts: ["상세정보:", "힌트:", "쿼리:", "내용:", "명령 구문:", "LOCATION:", "역추적:"],
        duration: &["실행시간:", "수행시간:"],
        unit: "ms",
        statement: &["명령 구문: "],
        fetch: "자료뽑기",
        execute: "쿼리실행",
        parse: "구문분석",
        bind: "접속",
        parameters: "매개 변수: ",
    },
    Language {
        code: "ru",
        levels: ["СООБЩЕНИЕ", "ОШИБКА", "ВАЖНО", "ПАНИКА", "ПРЕДУПРЕЖДЕНИЕ", "ЗАМЕЧАНИЕ", "ИНФОРМАЦИЯ", "ОТЛАДКА"],
        parts: ["ПОДРОБНОСТИ:", "ПОДСКАЗКА:", "ЗАПРОС:", "КОНТЕКСТ:", "ОПЕРАТОР:", "LOCATION:", "СТЕК:"],
        duration: &["продолжительность:"],
        unit: "мс",
        statement: &["оператор: "],
        fetch: "выборка из",
        execute: "выполнение",
        parse: "разбор ",
        bind: "сообщение Bind ",
        parameters: "параметры: ",
    },
    Language {
        code: "sv",
        levels: ["LOGG", "FEL", "FATALT", "PANIK", "VARNING", "NOTIS", "INFO", "DEBUG"],
        parts: ["DETALJ:", "TIPS:", "FRÅGA:", "KONTEXT:", "SATS:", "LOCATION:", "BACKTRACE:"],
        duration: &["varaktighet:", "varaktighet"],
        unit: "ms",
        statement: &["sats: "],
        fetch: "kör hämtning från",
        execute: "kör",
        parse: "parse ",
        bind: "bind ",
        parameters: "parametrar: ",
    },
    Language {
        code: "uk",
        levels: [
            "ЗАПИСУВАННЯ",
            "ПОМИЛКА",
            "ФАТАЛЬНО",
            "ПАНІКА",
            "ПОПЕРЕДЖЕННЯ",
            "ПОВІДОМЛЕННЯ",
            "ІНФОРМАЦІЯ",
            "НАЛАГОДЖЕННЯ",
        ],
        parts: ["ВІДОМОСТІ:", "УКАЗІВКА:", "ЗАПИТ:", "КОНТЕКСТ:", "ІНСТРУКЦІЯ:", "LOCATION:", "ВІДСТЕЖУВАТИ:"],
        duration: &["тривалість:"],
        unit: "мс",
        statement: &["оператор: "],
        fetch: "виконати витягнення з",
        execute: "виконувати",
        parse: "аналізування ",
        bind: "повідомлення bind ",
        parameters: "параметри: ",
    },
    Language {
        code: "zh_CN",
        levels: ["日志", "错误", "致命错误", "比致命错误还过分的错误", "警告", "注意", "信息", "调试"],
        parts: ["详细信息:", "提示:", "查询:", "上下文:", "语句:", "LOCATION:", "BACKTRACE:"],
        duration: &["执行时间:"],
        unit: "ms",
        statement: &["语句: "],
        fetch: "执行FETCH操作",
        execute: "执行",
        parse: "解析 ",
        bind: "绑定",
        parameters: "参数: ",
    },
];
