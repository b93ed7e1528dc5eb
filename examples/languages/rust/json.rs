// As much of JSON as the protocol needs, with the standard library alone.

pub enum Json {
    Null,
    Bool,
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn parse(text: &str) -> Result<Json, String> {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0)?;
        if reader.next().is_some() {
            return Err(reader.unexpected("the end of the line"));
        }
        Ok(value)
    }

    pub fn find(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(fields) => fields.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn field(&self, name: &str) -> Result<&Json, String> {
        self.find(name).ok_or_else(|| format!("{name} is missing"))
    }

    pub fn number(&self) -> Result<f64, String> {
        match self {
            Json::Number(number) => Ok(*number),
            _ => Err("expected a number".to_string()),
        }
    }

    pub fn text(&self) -> Result<&str, String> {
        match self {
            Json::Text(text) => Ok(text),
            _ => Err("expected a string".to_string()),
        }
    }

    pub fn list(&self) -> Result<&[Json], String> {
        match self {
            Json::List(values) => Ok(values),
            _ => Err("expected an array".to_string()),
        }
    }

    /// A row of numbers, or the rows of a matrix one after the other.
    pub fn numbers(&self) -> Result<Vec<f64>, String> {
        let mut out = Vec::new();
        for value in self.list()? {
            match value {
                Json::List(_) => out.extend(value.numbers()?),
                _ => out.push(value.number()?),
            }
        }
        Ok(out)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn unexpected(&self, expected: &str) -> String {
        format!("the request, character {}: expected {expected}", self.at + 1)
    }

    /// The next character that is not a blank, which is not consumed.
    fn next(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, expected: u8) -> Result<(), String> {
        if self.next() != Some(expected) {
            return Err(self.unexpected(&format!("\"{}\"", expected as char)));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth > 100 {
            return Err("arrays are nested more than 100 deep".to_string());
        }
        match self.next() {
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'[') => Ok(Json::List(self.items(b'[', b']', |reader| reader.value(depth + 1))?)),
            Some(b'{') => Ok(Json::Object(self.items(b'{', b'}', |reader| {
                let name = reader.string()?;
                reader.take(b':')?;
                Ok((name, reader.value(depth + 1)?))
            })?)),
            _ => self.word(),
        }
    }

    fn items<T>(
        &mut self,
        open: u8,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        self.take(open)?;
        let mut items = Vec::new();
        while self.next() != Some(close) {
            if !items.is_empty() {
                self.take(b',')?;
            }
            items.push(item(self)?);
        }
        self.take(close)?;
        Ok(items)
    }

    /// A string without escapes: the protocol's names have none.
    fn string(&mut self) -> Result<String, String> {
        self.take(b'"')?;
        let length = self.text[self.at..].find('"').ok_or_else(|| self.unexpected("the end of a string"))?;
        let text = &self.text[self.at..self.at + length];
        self.at += length + 1;
        Ok(text.to_string())
    }

    fn word(&mut self) -> Result<Json, String> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).unwrap_or(rest.len());
        let value = match &rest[..length] {
            "null" => Json::Null,
            "true" | "false" => Json::Bool,
            word => Json::Number(word.parse().map_err(|_| self.unexpected("a value"))?),
        };
        self.at += length;
        Ok(value)
    }
}

/// A number that reads back as the same one. JSON has no form for NaN and infinity: they are written as strings.
pub fn number(value: f64) -> String {
    if value.is_finite() {
        format!("{value:e}")
    } else if value.is_nan() {
        "\"NaN\"".to_string()
    } else {
        format!("\"{}Infinity\"", if value < 0.0 { "-" } else { "" })
    }
}

pub fn row(values: &[f64]) -> String {
    list(values.iter().map(|value| number(*value)))
}

/// A flat matrix as an array of rows.
pub fn matrix(values: &[f64], columns: usize) -> String {
    list(values.chunks(columns).map(row))
}

pub fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

pub fn string(text: &str) -> String {
    let plain = text.replace(|c: char| c.is_control() || c == '"' || c == '\\', "'");
    format!("\"{plain}\"")
}
