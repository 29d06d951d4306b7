//! The pages.

use super::site::{self, Article, articles, page};

/// A page and its articles.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) page: String,
    pub(super) articles: Vec<Article>,
    /// Whether the page gives dates, sources, summaries and tags that can be found.
    pub(super) parts: [bool; 4],
}

fn case(
    name: &'static str,
    list: Vec<Article>,
    parts: [bool; 4],
    body: impl Fn(&[Article]) -> String,
) -> Case {
    Case { name, page: page(&body(&list)), articles: list, parts }
}

/// Every kind of page that is tried.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = blogs();
    cases.extend(portals());
    cases.extend(tables());
    cases.extend(plain());
    cases.extend(written());
    cases
}

fn each(list: &[Article], one: impl Fn(usize, &Article) -> String) -> String {
    list.iter().enumerate().map(|(n, article)| one(n, article)).collect()
}

fn blogs() -> Vec<Case> {
    vec![
        case("wordpress", articles(10), [true, true, true, true], |list| {
            let posts = each(list, |n, a| {
                format!(
                    "<article id=\"post-{0}\" class=\"post-{0} post type-post status-publish format-standard hentry \
                     category-news tag-{1}\">\n<header class=\"entry-header\"><h2 class=\"entry-title\"><a href=\"{2}\" \
                     rel=\"bookmark\">{3}</a></h2>\n<div class=\"entry-meta\"><span class=\"posted-on\">Posted on <a \
                     href=\"{2}\" rel=\"bookmark\"><time class=\"entry-date published\" datetime=\"{4}T08:00:00+00:00\">\
                     {5}</time></a></span> <span class=\"byline\">by <span class=\"author vcard\"><a class=\"url fn n\" \
                     href=\"/author/{6}/\">{6}</a></span></span></div></header>\n<div class=\"entry-summary\"><p>{7} <a \
                     class=\"more-link\" href=\"{2}\">Continue reading</a></p></div>\n<footer class=\"entry-footer\">\
                     <span class=\"cat-links\"><a href=\"/category/news/\" rel=\"category tag\">News</a></span> <span \
                     class=\"tags-links\"><a href=\"/tag/{1}/\" rel=\"tag\">{1}</a></span> <span class=\"comments-link\">\
                     <a href=\"{2}#respond\">{n} Comments</a></span></footer></article>",
                    4000 - n,
                    a.tag,
                    a.link,
                    a.title,
                    a.date,
                    a.long_date,
                    a.author,
                    a.summary
                )
            });
            format!(
                "<div id=\"primary\" class=\"content-area\"><main id=\"main\" class=\"site-main\">{posts}</main></div>{}",
                site::SIDEBAR
            )
        }),
        case("jekyll", articles(8), [true, false, false, false], |list| {
            let posts = each(list, |_, a| {
                format!(
                    "<li><span class=\"post-meta\">{}</span><h3><a class=\"post-link\" href=\"{}\">{}</a></h3></li>",
                    a.short_date, a.link, a.title
                )
            });
            format!(
                "<main class=\"page-content\"><div class=\"wrapper\"><div class=\"home\"><h2 class=\"post-list-heading\">\
                     Posts</h2><ul class=\"post-list\">{posts}</ul></div></div></main>"
            )
        }),
        case("hugo", articles(12), [true, false, true, false], |list| {
            let posts = each(list, |_, a| {
                format!(
                    "<section class=\"list-item\"><h1 class=\"title\"><a href=\"{}\">{}</a></h1><time>{}</time><br>\
                     <div class=\"description\">{}</div><a class=\"readmore\" href=\"{}\">Read more ⟶</a></section>",
                    a.link, a.title, a.short_date, a.summary, a.link
                )
            });
            format!("<main class=\"list\">{posts}</main>")
        }),
        case("utility classes", articles(9), [true, true, true, false], |list| {
            let posts = each(list, |n, a| {
                format!(
                    "<div class=\"flex max-w-xl flex-col md:flex-row w-1/2 css-{n}x\"><div class=\"gap-x-4 text-xs\"><time \
                     class=\"text-gray-500\" datetime=\"{}\">{}</time></div><div class=\"group relative\"><h3 class=\"mt-3\">\
                     <a href=\"{}\"><span class=\"absolute inset-0\"></span>{}</a></h3><p class=\"mt-5 line-clamp-3\">{}</p>\
                     </div><div class=\"mt-8\"><img alt=\"\" src=x.jpg><p class=\"author font-semibold\">{}</p></div></div>",
                    a.date, a.long_date, a.link, a.title, a.summary, a.author
                )
            });
            format!("<div class=\"bg-white py-24\"><div class=\"mx-auto grid\">{posts}</div></div>")
        }),
        case("ads between", articles(10), [true, false, true, false], |list| {
            let posts = each(list, |n, a| {
                let ad = if n % 3 == 2 {
                    "<div class=\"row ad-slot\"><a href=\"https://ads.example/click\">Buy our wonderful product today</a></div>"
                } else {
                    ""
                };
                format!(
                    "<div class=\"row story\"><h3><a href=\"{}\">{}</a></h3><p class=\"teaser\">{}</p><small>{}</small>\
                     </div>{ad}",
                    a.link, a.title, a.summary, a.long_date
                )
            });
            format!("<div id=\"content\">{posts}</div>{}", site::SIDEBAR)
        }),
    ]
}

fn portals() -> Vec<Case> {
    vec![
        case("portal with a lead story", articles(13), [true, false, true, false], |list| {
            let stories = each(list, |n, a| {
                let (class, heading) = if n == 0 { ("story lead", "h2") } else { ("story", "h3") };
                format!(
                    "<article class=\"{class}\"><a href=\"{0}\"><img src=\"i.jpg\" alt=\"\"></a><{heading} class=\"headline\">\
                     <a href=\"{0}\">{1}</a></{heading}><p class=\"dek\">{2}</p><time datetime=\"{3}\">{4}</time></article>",
                    a.link, a.title, a.summary, a.date, a.long_date
                )
            });
            format!("<main><section class=\"top\">{stories}</section></main>{}", site::SIDEBAR)
        }),
        case("card grid", articles(12), [true, false, false, false], |list| {
            let rows: String = list
                .chunks(3)
                .map(|row| {
                    let cards = each(row, |_, a| {
                        format!(
                            "<div class=\"col\"><div class=\"card\"><a href=\"{0}\" class=\"card-img\"><img src=x alt=\"\"></a>\
                             <div class=\"card-body\"><a class=\"card-title\" href=\"{0}\">{1}</a><span class=\"card-date\">{2}\
                             </span></div></div></div>",
                            a.link, a.title, a.short_date
                        )
                    });
                    format!("<div class=\"row\">{cards}</div>")
                })
                .collect();
            format!("<div class=\"container\">{rows}</div>")
        }),
        case("cards that are links", articles(9), [true, false, true, false], |list| {
            let cards = each(list, |_, a| {
                format!(
                    "<a class=\"tile\" href=\"{}\"><div class=\"tile-date\">{}</div><div class=\"tile-title\">{}</div><div \
                     class=\"tile-desc\">{}</div></a>",
                    a.link, a.long_date, a.title, a.summary
                )
            });
            format!("<div class=\"tiles\">{cards}</div>")
        }),
        case("two lists", articles(15), [true, false, true, false], |list| {
            let main = each(list, |_, a| {
                format!(
                    "<div class=\"item\"><h4><a href=\"{}\">{}</a></h4><div class=\"info\">{}</div><p>{}</p></div>",
                    a.link, a.title, a.long_date, a.summary
                )
            });
            let side: String = (0..8)
                .map(|n| {
                    format!(
                        "<li><a href=\"/old/{n}\">An older article that many people read, number {n}</a></li>"
                    )
                })
                .collect();
            format!(
                "<div class=\"left\">{main}</div><div class=\"right\"><h3>Most read</h3><ul>{side}</ul></div>"
            )
        }),
        case("chinese tag page", site::chinese(20), [true, true, true, true], |list| {
            let items = each(list, |_, a| {
                format!(
                    "<div class=\"article-item\"><div class=\"author-info\"><a class=\"nickname\" href=\"/u/7\">{}</a></div>\
                     <div class=\"article-title\"><a href=\"{}\" target=\"_blank\">{}</a></div><div class=\"article-desc\">{}\
                     </div><div class=\"tags\"><a href=\"/tag/a\">{}</a><a href=\"/tag/b\">架构</a></div><div \
                     class=\"article-meta\"><span class=\"publish-date\">{}</span><span>0 赞</span><span>5 分钟</span></div></div>",
                    a.author, a.link, a.title, a.summary, a.tag, a.short_date
                )
            });
            format!(
                "<div class=\"main-wrap\"><h1>后端架构</h1><p>949 篇文章</p><div class=\"article-list\">{items}</div></div>"
            )
        }),
    ]
}

fn tables() -> Vec<Case> {
    vec![
        case("two rows each", articles(30), [true, true, false, false], |list| {
            let rows = each(list, |n, a| {
                format!(
                    "<tr class='athing submission' id='{0}'><td align=right valign=top class=title><span class=rank>{1}.</span>\
                     </td><td valign=top class=votelinks><center><a id='up_{0}' href='vote?id={0}'><div class=votearrow></div></a>\
                     </center></td><td class=title><span class=titleline><a href='{2}'>{3}</a><span class='sitebit comhead'> (<a \
                     href='from?site=x.example'><span class=sitestr>x.example</span></a>)</span></span></td></tr><tr><td \
                     colspan=2></td><td class=subtext><span class=subline><span class=score>{4} points</span> by <a \
                     href='user?id={5}' class=hnuser>{5}</a> <span class=age title='{6}T10:00:00'><a href='item?id={0}'>{1} hours \
                     ago</a></span> | <a href='hide?id={0}'>hide</a> | <a href='item?id={0}'>{4}&nbsp;comments</a></span></td></tr>\
                     <tr class=spacer style='height:5px'></tr>",
                    90_000 + n,
                    n + 1,
                    a.link,
                    a.title,
                    n * 7 + 3,
                    a.author,
                    a.date
                )
            });
            format!(
                "<center><table id=hnmain width='85%'><tr><td><table>{rows}</table></td></tr></table></center>"
            )
        }),
        case("forum", articles(20), [true, true, false, false], |list| {
            let rows = each(list, |n, a| {
                format!(
                    "<tr class=\"topic\"><td><a class=\"topic-title\" href=\"{}\">{}</a></td><td><a class=\"username\" \
                     href=\"/user/{2}\">{2}</a></td><td>{n}</td><td>{3} 10:3{4}</td></tr>",
                    a.link,
                    a.title,
                    a.author,
                    a.date,
                    n % 10
                )
            });
            format!(
                "<table class=\"forum\"><thead><tr><th>Topic</th><th>By</th><th>Replies</th><th>Last</th></tr></thead><tbody>\
                     {rows}</tbody></table>"
            )
        }),
        case("press releases", articles(10), [true, false, false, false], |list| {
            let rows = each(list, |_, a| {
                format!("<tr><td>{}</td><td><a href=\"{}\">{}</a></td></tr>", a.long_date, a.link, a.title)
            });
            format!("<h1>Press releases</h1><table>{rows}</table>")
        }),
        case("tables in tables", articles(8), [true, false, true, false], |list| {
            let rows = each(list, |_, a| {
                format!(
                    "<table width=100% class=news><tr><td class=h><b><a href=\"{}\">{}</a></b></td></tr><tr><td><i>{}</i></td></tr>\
                     <tr><td class=b>{}</td></tr></table><br>",
                    a.link, a.title, a.long_date, a.summary
                )
            });
            format!(
                "<table><tr><td width=200><a href=/>Home</a><br><a href=/a>About</a><br><a href=/l>Links</a></td><td>{rows}\
                     </td></tr></table>"
            )
        }),
    ]
}

fn plain() -> Vec<Case> {
    vec![
        case("definition list", articles(10), [true, false, true, false], |list| {
            let items = each(list, |_, a| {
                format!(
                    "<dt><a href=\"{}\">{}</a> <em>{}</em><dd>{}",
                    a.link, a.title, a.long_date, a.summary
                )
            });
            format!("<dl>{items}</dl>")
        }),
        case("headings and paragraphs", articles(8), [true, false, true, false], |list| {
            let items = each(list, |_, a| {
                format!(
                    "<h2><a href=\"{}\">{}</a></h2>\n<p class=\"date\">{}</p>\n<p>{}</p>\n",
                    a.link, a.title, a.long_date, a.summary
                )
            });
            format!("<div id=main>{items}</div>")
        }),
        case("list of links", articles(12), [false, false, false, false], |list| {
            let items = each(list, |_, a| format!("<li><a href=\"{}\">{}</a>", a.link, a.title));
            format!("<div class=content><h1>Archive</h1><ul>{items}</ul></div>")
        }),
        case("list with dates", articles(40), [true, false, false, false], |list| {
            let items =
                each(list, |_, a| format!("<li>{} » <a href=\"{}\">{}</a></li>", a.date, a.link, a.title));
            format!("<ul>{items}</ul>")
        }),
        case("custom elements", articles(6), [true, false, true, false], |list| {
            let items = each(list, |_, a| {
                format!(
                    "<news-card><h3 slot=title><a href=\"{}\">{}</a></h3><p>{}</p><time datetime=\"{}\"></time></news-card>",
                    a.link, a.title, a.summary, a.date
                )
            });
            format!("<news-list>{items}</news-list>")
        }),
        case("days", articles(12), [false, false, false, false], |list| {
            let days: String = list
                .chunks(4)
                .map(|day| {
                    let items = each(day, |_, a| format!("<li><a href=\"{}\">{}</a></li>", a.link, a.title));
                    format!("<h3 class=day>{}</h3><ul class=links>{items}</ul>", day[0].long_date)
                })
                .collect();
            format!("<main>{days}</main>")
        }),
    ]
}

/// Authors and tags in one text with something else.
fn written() -> Vec<Case> {
    vec![
        case("bylines and rows of tags", articles(9), [true, true, true, true], |list| {
            let items = each(list, |_, a| {
                format!(
                    "<div class=post><h3><a href=\"{}\">{}</a></h3><p>By {} on {}</p><p>{}</p><p>Tags: {}, writing</p></div>",
                    a.link, a.title, a.author, a.long_date, a.summary, a.tag
                )
            });
            format!("<main>{items}</main>")
        }),
        case("author and date beside a mark", articles(8), [true, true, true, true], |list| {
            let items = each(list, |_, a| {
                format!(
                    "<section class=entry><a href=\"{}\">{}</a><div>{} · {}</div><p>{}</p><ul class=\"tags\"><li>{}</li>\
                     <li>writing</li></ul></section>",
                    a.link, a.title, a.author, a.long_date, a.summary, a.tag
                )
            });
            format!("<div class=list>{items}</div>")
        }),
        case("date by author", articles(7), [true, true, false, true], |list| {
            let items = each(list, |_, a| {
                format!(
                    "<article><h2><a href=\"{}\">{}</a></h2><div class=\"meta\"><span>{}</span> by {}</div><div \
                     class=\"tags\"><span>{}</span> <span>writing</span></div></article>",
                    a.link, a.title, a.date, a.author, a.tag
                )
            });
            format!("<main>{items}</main>")
        }),
    ]
}
